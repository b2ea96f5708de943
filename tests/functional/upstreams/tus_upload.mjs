// SPDX-License-Identifier: MIT
// Uploads a file in small pieces by tus-js-client, twice interrupted and resumed, and prints where it lies then.
import fs from 'node:fs';
import tus from 'tus-js-client';

const [endpoint, token, path] = process.argv.slice(2);
const size = fs.statSync(path).size;
let pauses = 2;
const upload = new tus.Upload(fs.createReadStream(path), {
  endpoint,
  headers: {Authorization: `Bearer ${token}`},
  chunkSize: 64 * 1024,
  uploadSize: size,
  retryDelays: null,
  onError: (error) => {
    console.error(error);
    process.exit(1);
  },
  onChunkComplete: (_, sent) => {
    if (pauses > 0 && sent < size) {
      pauses -= 1;
      upload.abort().then(() => upload.start());
    }
  },
  onSuccess: () => console.log(upload.url),
});
upload.start();

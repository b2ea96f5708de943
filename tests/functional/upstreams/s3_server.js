// SPDX-License-Identifier: MIT
// An S3 server on a free port, which it prints; its objects land in the directory that is its argument. It knows the key S3RVER, and does not check version 4 signatures.
const S3rver = require('s3rver');

const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  directory: process.argv[2],
  configureBuckets: [{name: 'bucket', configs: []}],
});
server.run().then((address) => console.log(address.port));

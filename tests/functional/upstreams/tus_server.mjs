// SPDX-License-Identifier: MIT
// A server for resumable uploads (tus) at /uploads of a free port, which it prints; the files land in the directory that is its argument.
import http from 'node:http';
import {FileStore} from '@tus/file-store';
import {Server} from '@tus/server';

const uploads = new Server({path: '/uploads', datastore: new FileStore({directory: process.argv[2]})});
const server = http.createServer(uploads.handle.bind(uploads));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

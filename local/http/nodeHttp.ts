/**
 * Node.js's module `http`. An `import` of `node:http` makes Node.js read all of its exports, and
 * `WebSocket` among them loads undici: 9 MB in each thread. Only types are imported from there.
 */
export const http = process.getBuiltinModule("node:http");

export const { Agent, createServer, request, STATUS_CODES } = http;
export const { validateHeaderName, validateHeaderValue } = http;

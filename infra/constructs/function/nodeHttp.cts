/**
 * Takes the place of `node:http` in every bundle. A module that imports it has Node.js read all that it exports, the `WebSocket` of
 * undici among it, which is then loaded: half of all that a function loads at its start. Here each export is read when it is used.
 */
module.exports = process.getBuiltinModule("node:http");

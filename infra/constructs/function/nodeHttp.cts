/**
 * Replaces `node:http` in every bundle. An ES module that imports it makes Node.js read all
 * exports, and `WebSocket` among them loads undici: half of the code that a function loads at
 * start. Here each export is read when it is used.
 */
module.exports = process.getBuiltinModule("node:http");

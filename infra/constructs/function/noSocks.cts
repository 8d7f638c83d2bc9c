/**
 * In place of `socks`, which mqtt loads for connections over a SOCKS proxy. Functions use none, and
 * the package is a tenth of the bundle of `stream`.
 */
module.exports = {
  get SocksClient(): never {
    throw new Error("functions do not connect over a SOCKS proxy");
  },
};

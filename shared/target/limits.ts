export const targetConnectMs = 10_000;
export const targetTimeoutMs = 20_000;
/** How much of a target's reply is read. */
export const targetReplyBytesMax = 102_400;
/** Maximum number of nested content codings that are decoded. */
export const decodingsMax = 3;
/** The longest host name of a target, and its longest label: RFC 1035, 2.3.4. */
export const hostNameCharsMax = 253;
export const hostNameLabelCharsMax = 63;
/** Sockets of a worker per target. */
export const targetSocketsMax = 20;
/** Idle sockets that a worker keeps open, for http and for https each. */
export const targetSocketsKeptMax = 50;
/** Parsed URLs that a worker caches, and the length of the longest one. */
export const cachedUrlsMax = 500;
export const cachedUrlCharsMax = 1_024;

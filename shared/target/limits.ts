export const targetConnectMs = 10_000;
export const targetTimeoutMs = 20_000;
/** How much of a target's reply is read. */
export const targetReplyBytesMax = 102_400;
/** How many content codings of a reply, one over the other, are undone. */
export const decodingsMax = 3;
/** The longest host name of a target, and its longest label: RFC 1035, 2.3.4. */
export const hostNameCharsMax = 253;
export const hostNameLabelCharsMax = 63;
/** Sockets of one worker to one target. */
export const targetSocketsMax = 20;
/** Sockets of one worker that are kept open, over http and over https each, without a request. */
export const targetSocketsKeptMax = 50;

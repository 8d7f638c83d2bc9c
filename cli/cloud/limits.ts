/** A request without an answer fails after this. A call waits 20 s for its device. */
export const requestMs = 40_000;
/** A request with a body has this much more time: 16 kB a second. */
export const uploadBytesPerMsMin = 16;
/** The download of an image fails after this. */
export const downloadMs = 300_000;
/** The largest file of an image with its signature. The API says why it refuses a larger one. */
export const imageFileBytesMax = 5_000_000;
/** A larger reply is refused. */
export const replyBytesMax = 33_554_432;
/** Rows that a list reads in one request. */
export const pageRows = 200;
/** Pages that a list reads at most. */
export const pagesMax = 500;
/** A stream without a byte for this time is dead. The API sends a comment every 9 s. */
export const streamSilenceMs = 30_000;
/** First and longest wait before a stream is opened again. */
export const reconnectMs = { first: 1_000, longest: 30_000 } as const;

/** The largest HTTP request body. */
export const bodyBytesMax = 262_144;
/** How deep a JSON body may nest. */
export const jsonDepthMax = 32;
/** How deep a form's `a[b][c]` may go. */
export const formDepthMax = 4;
export const apiTimeoutSeconds = 29;

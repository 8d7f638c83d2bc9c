/** Maximum size of an HTTP request body. */
export const bodyBytesMax = 262_144;
/** Maximum nesting depth of a JSON body. */
export const jsonDepthMax = 32;
/** Maximum nesting depth of a form field (`a[b][c]` has 3 levels). */
export const formDepthMax = 4;
export const apiTimeoutSeconds = 29;

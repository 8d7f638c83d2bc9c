/** Maximum bytes of a request. */
export const requestBytesMax = 65_536;
/** Resources of one response of `ListStackResources`. */
export const pageMax = 100;

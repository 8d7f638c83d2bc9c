/** Limits of S3. The unit is last in each name. */

/** Maximum length of a request's body: a part of a multipart upload. */
export const requestBytesMax = 11_534_336;
/** Maximum length of an object. SQLite stores up to 1 GB in one value. */
export const objectBytesMax = 900_000_000;
/** Maximum length of an object's key in UTF-8. */
export const keyBytesMax = 1_024;
/** Maximum entries of a list, and keys that one request deletes. */
export const listMax = 1_000;
/** Maximum total length of the user-defined metadata of an object. */
export const metadataBytesMax = 2_048;
/** Maximum multipart uploads in progress. */
export const uploadsMax = 1_000;
export const partsMax = 10_000;
/** Minimum length of each part of a multipart upload but the last. */
export const partBytesMin = 5 * 1_024 * 1_024;
/** S3's limits of an object's tags. */
export const tagsMax = 10;
export const tagNameCharsMax = 128;
export const tagCharsMax = 256;

/** Days for which entries of the audit log are kept. */
export const auditDays = 90;
/** Entries in a page of the audit log. */
export const auditPageDefault = 50;
export const auditPageMax = 200;
/** Maximum number of rows that one request for a page reads while it looks for entries. */
export const auditRowsReadMax = 2_000;
/** Maximum size of a state of a subject, before and after a change, in bytes of JSON. */
export const auditStateBytesMax = 4_096;
/** Maximum length of a text in a state, of a name, and of the user agent. */
export const auditTextCharsMax = 500;
/** Maximum number of names of the fields that a request had. */
export const auditFieldsMax = 50;

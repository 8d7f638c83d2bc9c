/** The database of the buckets in a state folder. */
export const databaseFile = "objects.db";

import { open } from "node:fs/promises";

/** Makes the names of a folder's files as durable as their contents. */
export const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder } from "../platform/files.ts";

/** The two slots, and two copies of each record. */
export const diskAreas = ["a", "b", "boot-0", "boot-1", "state-0", "state-1"] as const;
export type DiskArea = (typeof diskAreas)[number];

/** Storage of slots: files, or partitions of a flash. A write is durable after `sync`. */
export interface SlotDisk {
  /** Returns fewer bytes at the end of the area. */
  read(area: DiskArea, offset: number, length: number): Promise<Buffer>;
  write(area: DiskArea, offset: number, bytes: Uint8Array): Promise<void>;
  truncate(area: DiskArea, length: number): Promise<void>;
  sync(area: DiskArea): Promise<void>;
  /** Releases the files; the next use opens them again. */
  close?(): Promise<void>;
}

/** The file of an area, in the folder of the slots. */
export const areaFile = (folder: string, area: DiskArea): string => join(folder, area);

/** A disk of files in a folder. Only their owner can read and execute them. */
export const folderDisk = (folder: string): SlotDisk => {
  let created: Promise<void> | undefined;
  const readers = new Map<DiskArea, Promise<FileHandle>>();
  const writers = new Map<DiskArea, Promise<FileHandle>>();
  const openOnce = async (
    handles: Map<DiskArea, Promise<FileHandle>>,
    area: DiskArea,
    flags: "r" | "r+",
  ): Promise<FileHandle> => {
    created ??= createAreas(folder);
    await created;
    const opened = handles.get(area) ?? open(areaFile(folder, area), flags);
    handles.set(area, opened);
    return await opened;
  };
  const reader = (area: DiskArea) => openOnce(readers, area, "r");
  // Linux refuses to open a file for writing that runs: only the slot that is written is opened.
  const writer = (area: DiskArea) => openOnce(writers, area, "r+");
  return {
    async read(area, offset, length) {
      const file = await reader(area);
      const bytes = Buffer.alloc(length);
      let read = 0;
      while (read < length) {
        const { bytesRead } = await file.read(bytes, read, length - read, offset + read);
        if (bytesRead === 0) break;
        read += bytesRead;
      }
      return bytes.subarray(0, read);
    },
    async write(area, offset, bytes) {
      const file = await writer(area);
      let written = 0;
      while (written < bytes.length) {
        const left = bytes.length - written;
        written += (await file.write(bytes, written, left, offset + written)).bytesWritten;
      }
    },
    async truncate(area, length) {
      await (await writer(area)).truncate(length);
    },
    async sync(area) {
      await (await writer(area)).sync();
    },
    async close() {
      const opened = [...readers.values(), ...writers.values()];
      readers.clear();
      writers.clear();
      await Promise.all(opened.map(async (file) => (await file).close()));
    },
  };
};

/** Creates the missing files of a folder. Keeps the content of the others. */
const createAreas = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const area of diskAreas) {
    try {
      await (await open(areaFile(folder, area), "wx", 0o700)).close();
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
  await syncFolder(folder);
};

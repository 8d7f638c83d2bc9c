import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import * as z from "zod/mini";
import { parseJson } from "../../shared/platform/parseJson.ts";
import { CommandError } from "../line/commandError.ts";

/** The token of one cloud. */
const login = z.object({
  token: z.string().check(z.minLength(1)),
  /** Absent if the user has given a token. */
  username: z.optional(z.string()),
  /** ISO 8601. Absent: never, or not known. */
  expiresAt: z.optional(z.string()),
  /** `login` has created the token, so `logout` revokes it. */
  isOwn: z.boolean(),
});

export type Login = z.output<typeof login>;

const stored = z.object({
  version: z.literal(1),
  /** The address of the cloud that is used without `--api`. */
  api: z.optional(z.string()),
  /** By address of the API: a token is sent only to the cloud that it is for. */
  logins: z.record(z.string(), login),
  /** The secret that signs the requests of `listen`. */
  listenSecret: z.optional(z.string()),
});

export type Stored = z.output<typeof stored>;

/** What `godwit` stores in the folder of the user. */
export interface Settings {
  /** The file, for messages. */
  readonly file: string;
  read(): Promise<Stored>;
  /** Changes what is stored. The file is complete at any time, and only its owner can read it. */
  change(change: (before: Stored) => Stored): Promise<void>;
}

const none: Stored = { version: 1, logins: {} };

/** The folder of `godwit`: https://specifications.freedesktop.org/basedir-spec/latest/ */
export const settingsFolder = ({
  XDG_CONFIG_HOME,
}: Readonly<Record<string, string | undefined>>): string => {
  // A relative path must be ignored.
  const base =
    XDG_CONFIG_HOME !== undefined && isAbsolute(XDG_CONFIG_HOME)
      ? XDG_CONFIG_HOME
      : join(homedir(), ".config");
  return join(base, "godwit");
};

/** Only the owner may read a token. */
const ownerOnly = { file: 0o600, folder: 0o700 };

/** Settings in the file `credentials.json` of a folder. */
export const fileSettings = (folder: string): Settings => {
  const file = join(folder, "credentials.json");
  const read = async (): Promise<Stored> => {
    const text = await readFile(file, "utf8").catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw new CommandError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
    });
    if (text === undefined) return none;
    await closeToOthers(file);
    return parsed(text, file);
  };
  return {
    file,
    read,
    async change(change) {
      const next = change(await read());
      const part = `${file}.${randomBytes(6).toString("hex")}`;
      try {
        await mkdir(folder, { recursive: true, mode: ownerOnly.folder });
        await writeFile(part, `${JSON.stringify(next, null, 2)}\n`, {
          mode: ownerOnly.file,
          flag: "wx",
          flush: true,
        });
        // The mode of a new file is limited by the umask, never extended; this sets it exactly.
        await chmod(part, ownerOnly.file);
        await rename(part, file);
      } catch (error) {
        await rm(part, { force: true });
        throw new CommandError(`${file} cannot be written: ${messageOf(error)}`, { cause: error });
      }
    },
  };
};

/** A file that was copied or restored may be open to others. */
const closeToOthers = async (file: string): Promise<void> => {
  const { mode } = await stat(file);
  // Without the permission, the file is that of another user, who protects it.
  if ((mode & 0o077) !== 0) await chmod(file, ownerOnly.file).catch(() => {});
};

const parsed = (text: string, file: string): Stored => {
  try {
    return stored.parse(parseJson(text));
  } catch (cause) {
    throw new CommandError(`${file} is damaged. Delete it and sign in again: godwit login`, {
      cause,
    });
  }
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

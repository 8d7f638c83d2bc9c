import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cloud } from "../../../local/cloud.ts";
import { until } from "./until.ts";

/** The mails that a local cloud sent to an address, oldest first. */
export const mailsTo = async ({ state }: Cloud, address: string): Promise<string[]> => {
  const folder = join(state, "mail");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".eml")).sort();
  const mails = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return mails.filter((mail) => mail.includes(`\r\nTo: ${address}\r\n`));
};

/** Waits for a mail to an address. Returns the token in the newest mail. */
export const mailedToken = (cloud: Cloud, address: string): Promise<string> =>
  until(
    `a mail to ${address}`,
    async () => /"token":"([0-9a-f]{40})"/.exec((await mailsTo(cloud, address)).at(-1) ?? "")?.[1],
  );

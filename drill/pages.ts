import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { type AlarmText, parseAlarmText } from "#shared/alarm/alarmText.ts";

/** The two ways of pages: mails of SNS, and the watcher's receiver (docs/paging.md). */
export const pageWays = ["mail", "watcher"] as const;

export type PageWay = (typeof pageWays)[number];

/** A page that a person received: the start or the end of an alarm. */
export interface Page {
  readonly way: PageWay;
  readonly alarm: string;
  readonly isStart: boolean;
  readonly reason: string;
  /** What the alarm names: a slice, for example an integration, or the alarms of its group. */
  readonly names: readonly string[];
  readonly text: AlarmText | undefined;
  /** When the alarm changed by the clock of CloudWatch, in ms since 1970. */
  readonly changedAt: number;
  /** When it arrived by the clock of the machine, in ms since 1970. */
  readonly arrivedAt: number;
}

const message = z.looseObject({
  AlarmName: z.string(),
  AlarmDescription: z.string().nullish(),
  NewStateValue: z.enum(["ALARM", "OK", "INSUFFICIENT_DATA"]),
  NewStateReason: z.string().default(""),
  StateChangeTime: z.string(),
  TriggeringChildren: z.array(z.looseObject({ Arn: z.string() })).default([]),
  AlarmContributorAttributes: z.record(z.string(), z.string()).optional(),
});

/** Reads all pages in the mails below a folder, oldest first. Other mails are skipped. */
export const readPages = async (folder: string): Promise<Page[]> => {
  const files = (await readdir(folder, { recursive: true })).filter((file) =>
    file.endsWith(".eml"),
  );
  const pages = await Promise.all(files.map((file) => readPage(join(folder, file))));
  return pages.flatMap((page) => page ?? []).toSorted((a, b) => a.arrivedAt - b.arrivedAt);
};

const readPage = async (path: string): Promise<Page | undefined> => {
  const [text, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
  const page = pageFrom(text);
  return page && { ...page, way: "mail", arrivedAt: mtimeMs };
};

/** The page in a mail (RFC 5322); undefined if the mail is not about an alarm. */
export const pageFrom = (mail: string): Omit<Page, "arrivedAt" | "way"> | undefined => {
  const found = message.safeParse(jsonIn(bodyOf(mail)));
  if (!found.success) return undefined;
  const { data } = found;
  return {
    alarm: data.AlarmName,
    isStart: data.NewStateValue === "ALARM",
    reason: data.NewStateReason,
    names: [
      ...Object.values(data.AlarmContributorAttributes ?? {}),
      ...data.TriggeringChildren.map(({ Arn }) => Arn.slice(Arn.lastIndexOf(":") + 1)),
    ],
    text: parseAlarmText(data.AlarmDescription ?? ""),
    // CloudWatch writes the offset of UTC without a colon.
    changedAt: Date.parse(data.StateChangeTime.replace(/\+0000$/, "Z")),
  };
};

const bodyOf = (mail: string): string => {
  const at = mail.indexOf("\r\n\r\n");
  const body = mail.slice(at + 4);
  const isBase64 = /^content-transfer-encoding: base64\r?$/im.test(mail.slice(0, at));
  return isBase64 ? Buffer.from(body, "base64").toString() : body;
};

/** The JSON object of a text that can have a footer. */
const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1));
  } catch {
    return undefined;
  }
};

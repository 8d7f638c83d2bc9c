import * as z from "zod/mini";
import { severity } from "../alarm/alarmText.ts";
import { component } from "../alarm/component.ts";
import { alarmRecord, incidentRecord } from "./incidentRecord.ts";

const time = z.number().check(z.nonnegative());

const monitoredAlarm = z.object({
  name: z.string(),
  text: z.optional(
    z.object({
      sentence: z.string(),
      severity,
      components: z.readonly(z.array(component)),
      runbook: z.string(),
    }),
  ),
  state: z.enum(["ALARM", "INSUFFICIENT_DATA"]),
  since: time,
  isComposite: z.boolean(),
  hasActions: z.boolean(),
});

/**
 * What the function knows from its former runs. It goes on with it while CloudWatch or the table of
 * incidents does not respond. Times are in milliseconds since 1970.
 */
export const siteState = z.object({
  /** Since when the page exists. */
  since: time,
  /** The alarms of each region as they were read last. */
  regions: z.readonly(
    z.array(z.object({ region: z.string(), readAt: time, alarms: z.array(monitoredAlarm) })),
  ),
  /** The records of incidents as they were read last, with those of this function. */
  records: z.readonly(z.array(incidentRecord)),
  recordsReadAt: time,
  /** Records of this function that the table has not accepted. */
  unsaved: z.readonly(z.array(alarmRecord)),
  /** The hash of each written file, by path. */
  files: z.record(z.string(), z.string()),
  /** When all files were written. */
  writtenAt: time,
});

export type SiteState = z.output<typeof siteState>;

/** A rendered file of the site. */
export interface SiteFile {
  /** From the root of the site, without a slash at its beginning. */
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

/** The files of the status page of this region. */
export interface StatusSite {
  /** Returns `undefined` before the first run, and if the stored state has another form. */
  readState(): Promise<SiteState | undefined>;
  putState(state: SiteState): Promise<void>;
  /** Replaces a file at once: a reader gets the former or the new one. */
  putFile(file: SiteFile): Promise<void>;
}

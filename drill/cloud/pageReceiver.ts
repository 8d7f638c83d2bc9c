import { createServer } from "node:http";
import * as z from "zod";
import { severity } from "#shared/alarm/alarmText.ts";
import { component } from "#shared/alarm/component.ts";
import { listen } from "../../bench/system/listen.ts";
import type { Page } from "../pages.ts";

/** A receiver of the watchers' pages, in the format of Alertmanager's webhooks, version 4. */
export interface PageReceiver {
  readonly url: string;
  /** All pages, in the order of their arrival. */
  readonly pages: readonly Page[];
  stop(): Promise<void>;
}

const notification = z.object({
  alerts: z.array(
    z.object({
      status: z.enum(["firing", "resolved"]),
      labels: z.object({
        alertname: z.string(),
        severity,
        components: z
          .string()
          .optional()
          .transform((names) => names?.split(",") ?? [])
          .pipe(z.array(component)),
      }),
      annotations: z.object({
        summary: z.string(),
        description: z.string(),
        parts: z.string().optional(),
        runbook_url: z.string().optional(),
      }),
      startsAt: z.string(),
      endsAt: z.string(),
    }),
  ),
});

/** Starts a receiver on a free port of 127.0.0.1. It refuses what is not a notification. */
export const startPageReceiver = async (): Promise<PageReceiver> => {
  const pages: Page[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      try {
        const received = receivedPages(Buffer.concat(chunks).toString(), Date.now());
        pages.push(...received.filter((page) => !pages.some((one) => isSameAlert(one, page))));
        response.end();
      } catch (error) {
        response.writeHead(400).end(String(error));
      }
    });
  });
  return { ...(await listen(server)), pages };
};

/** A sender without a response sends again. For Alertmanager this is the alert it already has. */
const isSameAlert = (one: Page, other: Page): boolean =>
  one.alarm === other.alarm && one.isStart === other.isStart && one.changedAt === other.changedAt;

/** The pages in a notification. Throws if it is not valid. */
export const receivedPages = (body: string, arrivedAt: number): Page[] =>
  notification.parse(JSON.parse(body)).alerts.map((alert) => {
    const { labels, annotations, status } = alert;
    const isStart = status === "firing";
    const runbook = annotations.runbook_url?.split("#")[1];
    return {
      way: "watcher",
      alarm: labels.alertname,
      isStart,
      reason: annotations.description,
      names: annotations.parts?.split("; ") ?? [],
      text:
        runbook === undefined
          ? undefined
          : {
              sentence: annotations.summary,
              severity: labels.severity,
              components: labels.components,
              runbook,
            },
      changedAt: Date.parse(isStart ? alert.startsAt : alert.endsAt),
      arrivedAt,
    };
  });

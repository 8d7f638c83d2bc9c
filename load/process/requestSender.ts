import { Agent, type IncomingMessage, request } from "node:http";
import { request as requestTls, Agent as TlsAgent } from "node:https";
import { asError } from "#shared/platform/asError.ts";
import type { Outcome } from "../books/sentLane.ts";
import { answerMsMax, openRequestsMax } from "../limits.ts";
import type { RequestJob } from "./driverJob.ts";
import type { Sender } from "./sender.ts";

type JobStep = RequestJob["sequences"][number][number];

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
}

/** Sends HTTP requests: for each unit a sequence, whose cookies it keeps. */
export const openRequestSender = ({ base, sequences }: RequestJob): Sender => {
  const isTls = new URL(base).protocol === "https:";
  const options = { keepAlive: true, maxSockets: openRequestsMax };
  const agent = isTls ? new TlsAgent(options) : new Agent(options);
  const start = isTls ? requestTls : request;
  let open = 0;
  const ask = (step: JobStep, seq: number, cookies: ReadonlyMap<string, string>) => {
    const answered = Promise.withResolvers<Answer>();
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...step.headers, ...(cookie !== "" && { cookie }) };
    const url = new URL(fill(step.path, seq), base);
    const sent = start(url, { method: step.method, agent, headers, timeout: answerMsMax });
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", answered.reject);
      response.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        answered.resolve({ status: response.statusCode ?? 0, body, headers: response.headers });
      });
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer in ${answerMsMax / 1_000} s`)));
    sent.on("error", answered.reject);
    sent.end(step.body === undefined ? undefined : fill(step.body, seq));
    return answered.promise;
  };
  const sendAll = async (seq: number): Promise<Outcome> => {
    const cookies = new Map<string, string>();
    for (const step of sequences[seq % sequences.length] ?? []) {
      const answer = await ask(step, seq, cookies);
      const outcome = outcomeOf(answer, step.expect && fill(step.expect, seq));
      if (outcome.result !== "accepted") return outcome;
      for (const line of answer.headers["set-cookie"] ?? []) {
        const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
        if (name !== undefined) cookies.set(name, value ?? "");
      }
    }
    return { result: "accepted" };
  };
  return {
    async send({ seq, onSent }) {
      if (open >= openRequestsMax) {
        return { result: "kept", reason: `the client has ${openRequestsMax} open requests` };
      }
      open += 1;
      onSent();
      try {
        return await sendAll(seq);
      } catch (error) {
        const { message: reason, ...fields } = asError(error);
        // The cloud has not seen the request, so the client may repeat it.
        const isRefused = "code" in fields && fields.code === "ECONNREFUSED";
        return { result: isRefused ? "refused" : "unanswered", reason };
      } finally {
        open -= 1;
      }
    },
    async stop() {
      agent.destroy();
    },
  };
};

const fill = (text: string, seq: number): string => text.replaceAll("{seq}", String(seq));

const reasonCharsMax = 100;

/** What an answer means. A refusal must say when a repeat can succeed. */
export const outcomeOf = ({ status, body, headers }: Answer, expected?: string): Outcome => {
  const text = body.slice(0, reasonCharsMax);
  if (status >= 200 && status < 300) {
    if (expected === undefined || body.includes(expected)) return { result: "accepted" };
    return { result: "failed", reason: `another reply than ${expected}: ${text}` };
  }
  const reason = `${status} ${reasonOf(body) ?? text}`;
  if (status !== 429 && status !== 503) return { result: "failed", reason };
  return headers["retry-after"] === undefined
    ? { result: "failed", reason: `${reason} (without Retry-After)` }
    : { result: "refused", reason };
};

/** The description in an error body of the API. */
const reasonOf = (body: string): string | undefined =>
  /"(?:error_description|message|info)":"((?:[^"\\]|\\.)*)"/
    .exec(body)?.[1]
    ?.slice(0, reasonCharsMax);

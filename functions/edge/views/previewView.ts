import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import { testReplyCharsMax } from "#shared/preview/limits.ts";
import type { EventPreview } from "#shared/preview/previewIntegration.ts";
import type { TestResult } from "#shared/preview/testIntegration.ts";
import type { PreviewedBody, RequestBody, TriedBody } from "#shared/routes/previewRoutes.ts";
import type { TargetRequest } from "#shared/target/target.ts";
import { storedEventView } from "./storedEventView.ts";

/** The request that an integration would send for an event. */
export const eventPreviewView = ({
  event,
  matches,
  request,
  failure,
}: EventPreview): PreviewedBody => ({
  event: storedEventView(event),
  matches,
  request: request === undefined ? null : requestView(request),
  ...omitUndefined({ failure }),
});

/** A request to a target. */
const requestView = ({ method, url, headers, body }: TargetRequest): RequestBody => ({
  method,
  url,
  headers,
  body: body ?? null,
});

/** The result of a test. */
export const testResultView = ({
  request,
  reply,
  failure,
  verdict,
  tookMs,
}: TestResult): TriedBody => ({
  ok: verdict === "delivered",
  verdict,
  took_ms: tookMs,
  request: requestView(request),
  reply:
    reply === undefined
      ? null
      : {
          status: reply.status,
          content_type: reply.contentType ?? null,
          body: reply.body.slice(0, testReplyCharsMax),
        },
  ...omitUndefined({ failure }),
});

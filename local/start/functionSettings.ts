interface FunctionSettings {
  readonly openSignUp?: boolean | undefined;
  readonly certificateDays?: number | undefined;
  readonly streamSeconds?: number | undefined;
  readonly pageReceiver?: string | undefined;
}

/**
 * Environment variables of functions that have a different value on one machine. Webhooks may
 * address 127.0.0.1. Pages have a mail address in any case, and a receiver is a second way.
 */
export const functionSettings = ({
  openSignUp = false,
  certificateDays,
  streamSeconds,
  pageReceiver,
}: FunctionSettings): Record<string, string> => ({
  PRIVATE_TARGETS: "allowed",
  ...(certificateDays !== undefined && { CERTIFICATE_DAYS: String(certificateDays) }),
  ...(streamSeconds !== undefined && { STREAM_SECONDS: String(streamSeconds) }),
  ...(openSignUp && { OPEN_SIGN_UP: "allowed" }),
  ...(pageReceiver !== undefined && {
    PAGE_RECEIVERS: JSON.stringify([{ kind: "alertmanager", name: "local", url: pageReceiver }]),
    SELF_TEST_WAYS: "sns,watcher",
  }),
});

import { isEventName } from "../../event/eventName.ts";
import { topicBytesMax } from "../../platform/quotas.ts";
import { headerNameProblem, headerValueProblem } from "../../target/normalizeRequest.ts";
import { urlProblem } from "../../target/targetUrl.ts";
import { fixedText, type Problem } from "../../template/templateProblem.ts";

/** Webhook settings that can make every request impossible. */
interface Settings {
  readonly url: string;
  readonly requestType: string;
  readonly json?: unknown;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly auth?: unknown;
  readonly azure_sas_token?: unknown;
  readonly responseTopic?: string | undefined;
  readonly errorResponseTopic?: string | undefined;
}

/**
 * Returns why no request can be made with these settings for any event, or `undefined` if no
 * problem is known.
 */
export const webhookProblem = (settings: Settings): Problem | undefined =>
  urlSettingProblem(settings) ??
  methodProblem(settings) ??
  headersProblem(settings.headers ?? {}) ??
  authorizationProblem(settings) ??
  topicProblem("responseTopic", settings.responseTopic) ??
  topicProblem("errorResponseTopic", settings.errorResponseTopic);

const urlSettingProblem = ({ url }: Settings): Problem | undefined => {
  // If scheme and host have no variables, they are checked. The rest of the URL can be any text.
  const fixed = url.includes("{{") ? /^https?:\/\/[^/?#]*/i.exec(url)?.[0] : url;
  if (fixed === undefined || fixed.includes("{{")) return undefined;
  const why = urlProblem(fixed);
  return why === undefined ? undefined : { setting: "url", message: `${why}` };
};

const methodProblem = ({ requestType, json, body }: Settings): Problem | undefined => {
  if (requestType !== "GET") return undefined;
  const setting = json !== undefined ? "json" : "body";
  if (json === undefined && body === undefined) return undefined;
  return { setting, message: "cannot be sent with GET: use query or form, or another requestType" };
};

const headersProblem = (headers: Readonly<Record<string, string>>): Problem | undefined => {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const fixed = fixedText(name);
    const wrongName =
      fixed === undefined || (fixed === "" && name !== "") ? undefined : headerNameProblem(fixed);
    const wrong = wrongName ?? headerValueProblem(name, fixedText(value) ?? "");
    if (wrong !== undefined) return { setting: "headers", message: wrong };
    if (seen.has(name.toLowerCase())) {
      return { setting: "headers", message: `has ${name.toLowerCase()} twice` };
    }
    seen.add(name.toLowerCase());
  }
  return undefined;
};

/** Response events cannot be published under every name. Variables may add any text. */
const topicProblem = (setting: string, topic: string | undefined): Problem | undefined => {
  const fixed = fixedText(topic ?? "");
  if (topic === undefined || fixed === undefined) return undefined;
  if (Buffer.byteLength(fixed) > topicBytesMax) {
    return { setting, message: `must have at most ${topicBytesMax} bytes` };
  }
  const isValid = topic === fixed ? isEventName(topic) : !/[+#\p{Cc}]/u.test(fixed);
  const message =
    "must not contain +, # or control characters, and no part between slashes may be empty or begin with ?";
  return isValid ? undefined : { setting, message };
};

/** A request has one Authorization header. */
const authorizationProblem = (settings: Settings): Problem | undefined => {
  if (settings.azure_sas_token === undefined) return undefined;
  const headers = Object.keys(settings.headers ?? {});
  const hasOther =
    settings.auth !== undefined || headers.some((name) => name.toLowerCase() === "authorization");
  return hasOther
    ? { setting: "azure_sas_token", message: "excludes auth and a header Authorization" }
    : undefined;
};

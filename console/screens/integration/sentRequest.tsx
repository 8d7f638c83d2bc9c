import type { RequestBody } from "../../api/replies.ts";
import { Block } from "../../ui/text.tsx";

const headerLines = (headers: Readonly<Record<string, string>>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");

/** A request to a target as it is on the wire. Secrets are masked by the API. */
export const SentRequest = ({ request }: { request: RequestBody }) => (
  <Block
    label="Request"
    value={[`${request.method} ${request.url}`, headerLines(request.headers), "", request.body]
      .filter((part) => part !== null)
      .join("\n")}
  />
);

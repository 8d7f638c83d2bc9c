import { createHmac } from "node:crypto";
import type { Token } from "./kind.ts";
import { sasTokenSeconds } from "./limits.ts";

interface Signer {
  /** What the token is good for: a host name, or a URL with all that is below it. */
  readonly resource: string;
  /** The name of the policy whose key signs. */
  readonly name: string;
  /** The key's bytes. */
  readonly key: Uint8Array;
}

/**
 * A shared access signature of Azure, good for `sasTokenSeconds`. `now` in milliseconds since 1970.
 * https://learn.microsoft.com/rest/api/eventhub/generate-sas-token
 */
export const sasToken = ({ resource, name, key }: Signer, now: number): Token => {
  const encoded = encodeURIComponent(resource);
  const expiry = Math.floor(now / 1_000) + sasTokenSeconds;
  const signature = createHmac("sha256", key).update(`${encoded}\n${expiry}`).digest("base64");
  const fields = `sr=${encoded}&sig=${encodeURIComponent(signature)}&se=${expiry}`;
  return {
    text: `SharedAccessSignature ${fields}&skn=${encodeURIComponent(name)}`,
    until: expiry * 1_000,
  };
};

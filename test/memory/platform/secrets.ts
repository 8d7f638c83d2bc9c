import type { Secrets } from "#shared/platform/secrets.ts";

/** Secrets that are sealed in name only; each opens in its own context alone. */
export const memorySecrets = (): Secrets => ({
  seal: async (text, context) => Buffer.from(JSON.stringify([text, context])).toString("base64"),
  async open(sealed, context) {
    const [text, of] = JSON.parse(Buffer.from(sealed, "base64").toString());
    if (of !== context) throw new Error("sealed for another context");
    return text;
  },
  complete: async () => undefined,
});

import type { Post } from "../target/target.ts";
import type { PageSecrets } from "./pageSecrets.ts";

interface PingDeps {
  /** The parameter with the URL; absent: no ping is sent. */
  readonly parameter: string | undefined;
  readonly secrets: PageSecrets;
  readonly post: Post;
  readonly onError: (what: string, error: unknown) => void;
}

/** The signals of a run: `/start`, then the URL itself or `/fail`. */
type Ping = "/start" | "" | "/fail";

/**
 * Runs `work` and tells an outside service of its start, and of its end or failure, in the dialect
 * of Healthchecks. The service pages when it hears nothing. A ping that fails is only logged: the
 * missing ping is the message. https://healthchecks.io/docs/http_api/
 */
export const pingDuring =
  ({ parameter, secrets, post, onError }: PingDeps) =>
  async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const send = async (ping: Ping, body = ""): Promise<void> => {
      if (parameter === undefined) return;
      try {
        const url = (await secrets.read([parameter])).get(parameter)?.trim();
        if (url === undefined) throw new Error(`there is no parameter ${parameter}`);
        const headers = { "content-type": "text/plain; charset=utf-8", "user-agent": "Godwit" };
        const target = `${url.replace(/\/+$/, "")}${ping}`;
        const request = { method: "POST" as const, url: target, headers, body };
        const { status } = await post({ ...request, rejectUnauthorized: true });
        if (status >= 300) throw new Error(`the service answered ${status}`);
      } catch (error) {
        onError("the outside heartbeat was not sent", error);
      }
    };
    // Concurrent with the work: a slow service does not delay pages.
    const start = send("/start");
    try {
      const result = await work();
      await start;
      await send("");
      return result;
    } catch (error) {
      await start;
      // Without the error's text, which may name resources of the account.
      await send("/fail", error instanceof Error ? error.name : "Error");
      throw error;
    }
  };

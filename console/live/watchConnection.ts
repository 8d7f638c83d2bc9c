import { effect } from "@preact/signals";
import { connection } from "../api/connection.ts";
import { sendRequest } from "../api/request.ts";

const askEveryMs = 3_000;

/** While the API does not answer, asks whether it does again. */
export const watchConnection = (): void => {
  let timer: ReturnType<typeof setInterval> | undefined;
  const ask = (): void => {
    const ends = AbortSignal.timeout(askEveryMs);
    sendRequest({ method: "GET", path: "/v1/health" }, ends).catch(() => {});
  };
  effect(() => {
    clearInterval(timer);
    if (connection.value.isLost) timer = setInterval(ask, askEveryMs);
  });
  window.addEventListener("online", ask);
};

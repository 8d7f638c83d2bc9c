import { signal } from "@preact/signals";

interface Connection {
  readonly isLost: boolean;
  /** When the API last answered, in ms since 1970. */
  readonly lastAnswerAt: number;
}

/** Whether the API answers. All requests report to it. */
export const connection = signal<Connection>({ isLost: false, lastAnswerAt: Date.now() });

/** Increases when the API answers again after an outage: what is on the screen is loaded again. */
export const recoveries = signal(0);

/** The API has answered a request. */
export const answered = (): void => {
  const wasLost = connection.peek().isLost;
  connection.value = { isLost: false, lastAnswerAt: Date.now() };
  if (wasLost) recoveries.value += 1;
};

/** A request got no answer. */
export const lost = (): void => {
  const { isLost, lastAnswerAt } = connection.peek();
  if (!isLost) connection.value = { isLost: true, lastAnswerAt };
};

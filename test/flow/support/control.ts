import { expect } from "vitest";

/** Sends a request to the control API of a region (`docs/control.md`). Returns the new state. */
export const control = async (
  { control: url }: { readonly control: string },
  request = "GET ",
  body?: object,
) => {
  const [method = "", path = ""] = request.split(" ");
  const answer = await fetch(`${url}${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests read responses of any shape.
  const state: any = await answer.json();
  expect(answer.status, JSON.stringify(state)).toBe(200);
  return state;
};

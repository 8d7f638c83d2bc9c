import { expect } from "vitest";

/** Asks the control of a region; gives its state afterwards. `docs/control.md` has the requests. */
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
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came.
  const state: any = await answer.json();
  expect(answer.status, JSON.stringify(state)).toBe(200);
  return state;
};

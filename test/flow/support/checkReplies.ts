import { afterAll, afterEach, expect } from "vitest";
import { replyProblem } from "./replyProblem.ts";

const problems: string[] = [];
const { fetch: send } = globalThis;

const check = async (method: string, response: Response): Promise<void> => {
  const type = response.headers.get("content-type") ?? "";
  if (!response.headers.has("x-amzn-requestid") || type.startsWith("text/event-stream")) return;
  const { pathname: path } = new URL(response.url);
  const { status } = response;
  const problem = replyProblem({ method, path, status, type, text: await response.clone().text() });
  if (problem !== undefined) problems.push(problem);
};

/**
 * Compares every reply of a cloud that a test receives through `fetch` with the definition of its
 * route.
 */
globalThis.fetch = async (input, init) => {
  const response = await send(input, init);
  const method = init?.method ?? (input instanceof Request ? input.method : "GET");
  await check(method, response);
  return response;
};

afterEach(() => {
  expect(problems.splice(0)).toEqual([]);
});

// This file runs for each test file, in a shared process: each reply is checked once.
afterAll(() => {
  globalThis.fetch = send;
});

import * as z from "zod/mini";
import { readInput } from "#shared/input/readInput.ts";
import { Failure } from "#shared/platform/failure.ts";

/** Handles one kind of request. */
type Answer = (input: unknown) => Promise<object>;

/**
 * Validates a request with `schema` and runs `run`. Fails with `invalid_request`, and as `run`
 * does.
 */
export const answer =
  <Schema extends z.core.$ZodType>(
    schema: Schema,
    run: (input: z.output<Schema>) => Promise<object>,
  ): Answer =>
  async (input) =>
    run(readInput(schema, input));

/**
 * The handler of a function that is invoked with one named request: `{"addUser":{…}}`. A request
 * that is refused is answered with `{"failure":{"code":…,"message":…}}`, for example if the name is
 * unknown or if there is more than one request. Only a fault of the cloud is an error of the
 * function, because an error of a function pages.
 */
export const oneRequest = (answers: Readonly<Record<string, Answer>>) => {
  const run = dispatch(answers);
  return async (event: unknown): Promise<object> => {
    try {
      return await run(event);
    } catch (error) {
      if (!(error instanceof Failure) || error.status >= 500) throw error;
      return { failure: { code: error.code, message: error.message } };
    }
  };
};

const dispatch = (answers: Readonly<Record<string, Answer>>) => {
  const known = new Map(Object.entries(answers));
  const names = [...known.keys()].join(", ");
  return async (event: unknown): Promise<object> => {
    const asked = Object.entries(readInput(z.record(z.string(), z.unknown()), event));
    const [first] = asked;
    if (first === undefined) {
      throw new Failure(`name one request: ${names}`, { code: "invalid_request" });
    }
    if (asked.length > 1) {
      const given = asked.map(([name]) => name).join(", ");
      throw new Failure(`one request in each invocation, not ${asked.length}: ${given}`, {
        code: "invalid_request",
      });
    }
    const [name, input] = first;
    const run = known.get(name);
    if (run === undefined) {
      throw new Failure(`there is no request ${name}; there are ${names}`, {
        code: "invalid_request",
      });
    }
    return run(input);
  };
};

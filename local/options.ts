import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { StartError } from "./startError.ts";

export interface Options {
  /** Where to keep state over restarts. Without it state lies in a fresh temporary folder. */
  readonly data: string | undefined;
  /** 0 is any free port. */
  readonly apiPort: number;
  readonly mqttPort: number;
  /** Whether a demo device publishes and a demo webhook shows what it received. */
  readonly demo: boolean;
  /** Whether everybody may make themselves a user, as with the setting `openSignUp` of a deployment. */
  readonly openSignUp?: boolean;
}

export const help = `Runs the whole cloud on this machine, on 127.0.0.1 only.

npm start -- [--data DIR] [--api-port N] [--mqtt-port N] [--no-demo] [--open-sign-up]

  --data DIR      keep state in DIR, and go on from what is there
                  (default: a fresh temporary folder, queues and tables in memory)
  --api-port N    where the HTTP API listens (default 8080; 0: any free port)
  --mqtt-port N   where MQTT over TLS listens (default 8883; 0: any free port)
  --no-demo       without the device that publishes and the webhook that shows what came
  --open-sign-up  lets everybody who reaches the API make themselves a user
  --help          show this

When everything answers, one line of JSON goes to standard output; logs go to standard error.`;

/** Reads the command line. Fails with a `StartError` on anything that it does not know. */
export const parseOptions = (args: readonly string[]): Options | "help" => {
  const values = parse(args);
  if (values.help) return "help";
  return {
    data: values.data === undefined ? undefined : folder(values.data),
    apiPort: port("--api-port", values["api-port"]),
    mqttPort: port("--mqtt-port", values["mqtt-port"]),
    demo: !values["no-demo"],
    openSignUp: values["open-sign-up"],
  };
};

const parse = (args: readonly string[]) => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: "string" },
        "api-port": { type: "string", default: "8080" },
        "mqtt-port": { type: "string", default: "8883" },
        "no-demo": { type: "boolean", default: false },
        "open-sign-up": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (cause) {
    const [reason = ""] = (cause instanceof Error ? cause.message : String(cause)).split(/\.\s|\n/);
    throw new StartError(`${reason}. Try --help.`, { cause });
  }
};

const folder = (given: string): string => {
  if (given === "") throw new StartError("--data needs a folder. Try --help.");
  return resolve(given);
};

const portMax = 65_535;

const port = (name: string, given: string): number => {
  const number = Number(given);
  if (/^\d+$/.test(given) && number <= portMax) return number;
  throw new StartError(`${name} must be a port number, not '${given}'. Try --help.`);
};

import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import * as z from "zod";
import { invokeAt } from "../../admin/invoke.ts";
import { askApi } from "../../bench/system/api.ts";
import { stopLater } from "../../bench/system/cleanup.ts";
import type { Deployment } from "../options.ts";
import type { Ground } from "./ground.ts";
import { openGround } from "./openGround.ts";

const adminFunction = "godwit-admin";
const endpoints = z.object({ endpoints: z.array(z.object({ mqtt: z.url() })).min(1) });
/** Any API answers `GET /v1/endpoints` only with a token. */
const issued = z.object({ token: z.string() });
const tokenSeconds = 86_400;

/**
 * Opens a deployment on AWS: by the stack of its API, with the credentials of the AWS SDK, which
 * must permit to invoke the admin function; or by its URL, with the token of a user.
 */
export const openDeployment = async ({ address, target }: Deployment): Promise<Ground> => {
  const access = "stack" in address ? await byStack(address.stack) : byUrl(address.api);
  const { api, token } = access;
  const found = endpoints.parse(await askApi({ url: api, token }, "GET", "/v1/endpoints"));
  const [{ mqtt } = { mqtt: "" }] = found.endpoints;
  const ground = openGround({
    ...access,
    mqtt,
    target: target === undefined ? noTarget : { port: target.port, publicUrl: target.url },
  });
  return { ...ground, stop: stopLater(ground.stop) };
};

/** Parts with a webhook need an address of the target. */
const noTarget: Ground["target"] = {
  port: 0,
  get publicUrl(): string {
    throw new Error("this part has a webhook: give --target-url URL --target-port N. Try --help.");
  },
};

const byUrl = (api: string) => {
  const token = process.env.GODWIT_TOKEN;
  if (token === undefined || token === "") {
    throw new Error("--api needs the token of a user in the variable GODWIT_TOKEN. Try --help.");
  }
  return { api, token };
};

const byStack = async (stack: string) => {
  const region = /[a-z]{2}-[a-z]+-\d$/.exec(stack)?.[0];
  const client = new CloudFormationClient(region === undefined ? {} : { region });
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const output = Stacks[0]?.Outputs?.find(({ OutputKey }) => OutputKey === "ApiUrl");
    if (output?.OutputValue === undefined) throw new Error(`${stack} has no output ApiUrl`);
    const api = output.OutputValue.replace(/\/$/, "");
    const admin = invokeAt({ function: adminFunction, region });
    const username = `load-${process.pid}-${Date.now()}@example.com`;
    await admin({ addUser: { username, password: crypto.randomUUID() } });
    const added = await admin({ addToken: { username, expiresInSeconds: tokenSeconds } });
    stopLater(async () => void (await admin({ removeUser: { username } })));
    return { api, admin, ...issued.parse(added) };
  } finally {
    client.destroy();
  }
};

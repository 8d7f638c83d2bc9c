import { GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { paginateListFunctions } from "@aws-sdk/client-lambda";
import type { StreamAccount } from "../probes/stream.ts";
import type { Clients } from "./clients.ts";

interface Access {
  readonly api: string;
  readonly token: string;
}

/** Event streams of the deployed API, and the duration of their function in CloudWatch. */
export const apiStreams = (
  { lambda, cloudWatch }: Clients,
  { api, token }: Access,
): StreamAccount => ({
  async openStream() {
    const aborter = new AbortController();
    const response = await fetch(`${api.replace(/\/$/, "")}/v1/devices/events`, {
      headers: { authorization: `Bearer ${token}` },
      signal: aborter.signal,
    });
    if (!response.ok) throw new Error(`the stream answers ${response.status}`);
    return { leave: () => aborter.abort() };
  },

  async longestStream(since) {
    const FunctionName = await findFunction(lambda);
    const command = new GetMetricStatisticsCommand({
      Namespace: "AWS/Lambda",
      MetricName: "Duration",
      Dimensions: [{ Name: "FunctionName", Value: FunctionName }],
      StartTime: new Date(since),
      EndTime: new Date(),
      Period: 60,
      Statistics: ["Maximum"],
    });
    const { Datapoints = [] } = await cloudWatch.send(command);
    const durations = Datapoints.flatMap(({ Maximum }) => Maximum ?? []);
    return durations.length === 0 ? undefined : Math.max(...durations);
  },
});

const findFunction = async (client: Clients["lambda"]): Promise<string> => {
  for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
    const found = Functions.find(({ FunctionName = "" }) =>
      /^Godwit-Region-.*Servicestream/.test(FunctionName),
    );
    if (found?.FunctionName !== undefined) return found.FunctionName;
  }
  throw new Error("there is no function of event streams in this region");
};

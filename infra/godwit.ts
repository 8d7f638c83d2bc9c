import { App, type AppProps, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import * as z from "zod";
import { acknowledge, acknowledgeApi } from "./acknowledged.ts";
import { batchSecondsMax } from "./sizes.ts";
import { Region } from "./stacks/region.ts";
import { RestApi } from "./stacks/restApi.ts";
import { State } from "./stacks/state.ts";

const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "is no AWS region");

/** What cdk.json, or `--context`, may say. A list on the command line is written with commas. */
const settings = z.object({
  regions: z
    .union([z.array(z.string()), z.string().transform((list) => list.split(","))])
    .pipe(z.tuple([region], region))
    .refine((regions) => new Set(regions).size === regions.length, "names a region twice"),
  pageEmail: z.email().optional(),
  batchSeconds: z.coerce.number().int().min(0).max(batchSecondsMax).default(0),
  openSignUp: z.union([z.boolean(), z.stringbool()]).default(false),
});

/** The whole of Godwit: the tables once, in the first region, and everything else in each region. */
export const godwit = (props?: AppProps): App => {
  const app = new App({ analyticsReporting: false, ...props });
  const { regions, ...options } = settings.parse({
    regions: app.node.tryGetContext("regions"),
    pageEmail: app.node.tryGetContext("pageEmail"),
    batchSeconds: app.node.tryGetContext("batchSeconds"),
    openSignUp: app.node.tryGetContext("openSignUp"),
  });
  const [first, ...otherRegions] = regions;
  const state = new State(app, "Godwit-State", { env: { region: first }, otherRegions });
  for (const name of regions) {
    const stack = new Region(app, `Godwit-Region-${name}`, {
      env: { region: name },
      regions,
      ...options,
    });
    stack.addStackDependency(state);
    acknowledge(stack, regions);
    const { answers, pages } = stack;
    acknowledgeApi(
      new RestApi(app, `Godwit-Api-${name}`, { env: { region: name }, answers, pages }),
    );
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
};

import { dynamoPages } from "#shared/aws/paging/pageStore.ts";
import { dynamoSelfTests } from "#shared/aws/paging/selfTests.ts";
import { acknowledgeSelfTest, listPages, replayPage } from "#shared/paging/managePages.ts";
import { isSigned } from "#shared/paging/selfTest.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { operationsRoutes } from "#shared/routes/operationsRoutes.ts";
import { pageRoutes } from "#shared/routes/pageRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { api, open } from "./edge/http/api.ts";
import { Html } from "./edge/http/reply.ts";
import { openOperations } from "./edge/operations.ts";
import { acknowledgedPage, acknowledgeForm, formPolicy } from "./edge/views/acknowledgeForm.ts";
import { pageView } from "./edge/views/pageView.ts";

const names = env.pages.parse(process.env);
const { globals: tables, withToken } = openCallers(names);
const selfTests = dynamoSelfTests(tables, names.OPERATIONS_TABLE);
const now = Date.now;
const deps = {
  pages: dynamoPages(tables, names.OPERATIONS_TABLE),
  regions: names.REGIONS,
  selfTests,
  now,
};

const operations = openOperations(names, tables);

export const handler = api(
  { ...pageRoutes, ...operationsRoutes },
  {
    showOperations: withToken<typeof operationsRoutes.showOperations>(() => operations()),
    listPages: withToken<typeof pageRoutes.listPages>(async (input) => ({
      pages: (await listPages(input, deps)).map(pageView),
    })),
    replayPage: withToken<typeof pageRoutes.replayPage>(async ({ page }) => ({
      page: pageView(await replayPage(page, deps)),
    })),
    showAcknowledgement: open<typeof pageRoutes.showAcknowledgement>(
      async ({ signature, ...given }) => {
        if (!isSigned(given, signature, await selfTests.key())) {
          throw new Failure("The signature of the link is not valid.", { code: "unauthorized" });
        }
        return new Html(acknowledgeForm(), formPolicy);
      },
    ),
    acknowledge: open<typeof pageRoutes.acknowledge>(async (input) => {
      await acknowledgeSelfTest(input, deps);
      return new Html(acknowledgedPage(), formPolicy);
    }),
  },
);

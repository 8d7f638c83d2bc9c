import { expect, it } from "vitest";
import { Csv } from "../../../../functions/edge/http/csv.ts";
import { reply } from "../../../../functions/edge/http/reply.ts";

it("a table has a line for each row, with quotes where a field needs them", () => {
  const columns = ["id", "name", "now"];
  const rows = [
    [1, 'a "b", c', true],
    [2, undefined, false],
    [3, "two\nlines", undefined],
    [-4, "=1+1", "-x"],
  ];
  const csv = new Csv({ columns, rows }, { fileName: "x.csv", cursor: "next" });
  expect(csv.text).toBe(
    `id,name,now\r\n1,"a ""b"", c",true\r\n2,,false\r\n3,"two\nlines",\r\n-4,'=1+1,'-x\r\n`,
  );
  expect(reply(200, csv)).toMatchObject({
    statusCode: 200,
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="x.csv"',
      "x-next-cursor": "next",
    },
    body: csv.text,
  });
});

import type { ComponentChildren } from "preact";

export interface Column<Row> {
  readonly title: string;
  /** Right-aligned figures. */
  readonly isNumber?: boolean;
  cell(row: Row): ComponentChildren;
}

interface Props<Row> {
  /** What the table lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  keyOf(row: Row): string;
}

/** A table, which becomes a list of cards on a narrow screen. */
export const Table = <Row,>({ label, columns, rows, keyOf }: Props<Row>) => (
  <table>
    <caption class="hidden">{label}</caption>
    <thead>
      <tr>
        {columns.map(({ title, isNumber }) => (
          <th key={title} scope="col" class={isNumber ? "number" : ""}>
            {title}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map((row) => (
        <tr key={keyOf(row)}>
          {columns.map(({ title, isNumber, cell }) => (
            <td key={title} data-title={title} class={isNumber ? "number" : ""}>
              {cell(row)}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);

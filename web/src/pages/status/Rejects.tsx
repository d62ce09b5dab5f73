import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "react-aria-components";

import { rejectsQuery } from "../../api/queries";
import { shortenMiddle } from "../../lib/arn";
import { number } from "../../lib/format";
import { ScrollBox } from "../../ui/Code";
import { ProblemBox, Skeleton } from "../../ui/states";
import { CopyButton } from "../../ui/values";

/** Each rejected piece: where it stood, what was wrong, and its bytes, folded. */
export function Rejects() {
  const list = useInfiniteQuery(rejectsQuery);
  if (list.error !== null) return <ProblemBox error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Skeleton lines={4} />;
  const rows = list.data.pages.flatMap((page) => page.items);
  return (
    <div id="rejects">
      <ul className="denials" aria-label="Rejects">
        {rows.map((row) => (
          <li key={`${row.source_file} ${row.position} ${row.reason}`}>
            <details className="denial">
              <summary>
                <span>{row.reason}</span>
                <span className="muted mono" title={row.source_file}>
                  {shortenMiddle(row.source_file, 60)} at byte {number(row.position)}
                </span>
              </summary>
              <div className="denial-body">
                <p className="mono break">
                  {row.source_file} <CopyButton text={row.source_file} label="Copy the file's name" />
                </p>
                <ScrollBox label="Rejected bytes">{row.bytes}</ScrollBox>
              </div>
            </details>
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <Button className="button" onPress={() => void list.fetchNextPage()} isDisabled={list.isFetchingNextPage}>
          More
        </Button>
      )}
    </div>
  );
}

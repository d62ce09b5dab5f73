import { Link } from "react-router";

import { paths } from "../lib/paths";
import { PageHeader } from "../ui/layout";

export function NotFound() {
  return (
    <>
      <title>Not found · Podtrail</title>
      <PageHeader title="No page here" lead="This address is not one of the dashboard's." />
      <p>
        Go to the <Link to={paths.overview()}>overview</Link>, or press <kbd>/</kbd> and search.
      </p>
    </>
  );
}

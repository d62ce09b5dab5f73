SELECT id, kind, severity, title, subject, account, cluster, workloads, roles, why, evidence, first_seen, last_seen,
       remedy
FROM lake.findings

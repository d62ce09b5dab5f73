use super::*;

#[test]
fn lists_name_actions_that_exist() {
    let keep = |entry: &str| RecommendOptions {
        keep: vec![entry.into()],
        ..RecommendOptions::default()
    };
    let never = |entry: &str| RecommendOptions {
        never_remove: vec![entry.into()],
        ..RecommendOptions::default()
    };
    for good in ["s3:GetObject", "S3:getobject=*", "s3:GetObject=arn:aws:s3:::b/*"] {
        assert_eq!(keep(good).check(), Ok(()), "{good}");
    }
    for good in ["s3:GetObject", "s3:*", "S3:get*", "*"] {
        assert_eq!(never(good).check(), Ok(()), "{good}");
    }
    for (options, says) in [
        (keep("s3:GetObjects"), "did you mean `s3:GetObject`?"),
        (keep("s3:Get*"), "`keep` names `s3:Get*`"),
        (keep("s3:GetObject=b/k"), "accepted: an ARN with its six parts, or `*`"),
        (keep(""), "accepted: `service:Action`"),
        (never("s4:*"), "`never_remove` names `s4:*`"),
    ] {
        let error = options.check().unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn names_become_tags_only_where_they_stand_whole() {
    use crate::recommend::abac::Names;
    let names = Names::of(&Workload {
        namespace: "shop".into(),
        service_account: "shop-cart".into(),
        ..workload()
    });
    let (ns, sa, cluster) = (
        "${aws:PrincipalTag/kubernetes-namespace}",
        "${aws:PrincipalTag/kubernetes-service-account}",
        "${aws:PrincipalTag/eks-cluster-name}",
    );
    for (pattern, expected) in [
        ("arn:aws:s3:::shop/x", format!("arn:aws:s3:::{ns}/x")),
        ("arn:aws:s3:::shop-cart/x", format!("arn:aws:s3:::{sa}/x")),
        (
            "arn:aws:s3:::shops/workshop/shop_1",
            format!("arn:aws:s3:::shops/workshop/{ns}_1"),
        ),
        (
            "arn:aws:sqs:r:1:prod-shop-cart-dlq",
            format!("arn:aws:sqs:r:1:{cluster}-{sa}-dlq"),
        ),
        ("arn:aws:s3:::b/${*}shop*", format!("arn:aws:s3:::b/${{*}}{ns}*")),
        ("arn:shop:s3:shop:shop:b", "arn:shop:s3:shop:shop:b".into()),
        ("*", "*".into()),
    ] {
        assert_eq!(names.write(pattern), expected, "{pattern}");
    }
}

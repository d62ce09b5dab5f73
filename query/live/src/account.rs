//! An account of AWS, and its regions.

use aws_config::{Region as SdkRegion, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use podtrail_analysis::inventory::{Cluster, Listed, Object};
use podtrail_aws::{Access, Failure, NO_CREDENTIALS, partition};

use crate::signed::{self, Query};
use crate::{Observation, ec2, eks, iam};

/// An account, reached with credentials that were had once: enough for a look of an hour.
#[derive(Debug, Clone)]
pub struct Account {
    id: String,
    config: SdkConfig,
}

/// A region of an account.
#[derive(Debug, Clone)]
pub struct Region<'a> {
    account: &'a Account,
    name: String,
    config: SdkConfig,
}

impl Account {
    /// The account that the credentials are of; asks STS for a role's credentials, where one is named, and who it is.
    ///
    /// # Errors
    /// When no credentials are found, or STS refuses.
    pub async fn open(access: &Access) -> Result<Self, Failure> {
        let config = access.config().await;
        let provider = config.credentials_provider().ok_or_else(no_credentials)?;
        let credentials = provider
            .provide_credentials()
            .await
            .map_err(|error| unassumed(access, &error))?;
        // Kept, so that each client and each signed call does not assume the role anew.
        let config = config
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        let id = signed::caller_account(&config).await?;
        Ok(Self { id, config })
    }

    /// Twelve digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The region that the environment names, else `us-east-1`.
    #[must_use]
    pub fn own_region(&self) -> String {
        self.config
            .region()
            .map_or("us-east-1", |region| region.as_ref())
            .to_owned()
    }

    /// A region of the account, such as `eu-west-1`.
    #[must_use]
    pub fn region(&self, name: &str) -> Region<'_> {
        let region = SdkRegion::new(name.to_owned());
        Region {
            account: self,
            name: name.to_owned(),
            config: self.config.clone().into_builder().region(region).build(),
        }
    }

    /// Roles with all that is granted them, and their instance profiles: IAM has no region.
    ///
    /// # Errors
    /// When `iam:GetAccountAuthorizationDetails` is not allowed or fails.
    pub async fn roles(&self) -> Result<Observation, Failure> {
        let objects = iam::authorization_details(&self.config).await?;
        let complete = ["role", "policy", "instance_profile"];
        Ok(Observation {
            objects,
            complete: complete.map(|kind| Listed::account(kind, &self.id)).to_vec(),
        })
    }

    /// Whose tokens the account accepts.
    ///
    /// # Errors
    /// When `iam:ListOpenIDConnectProviders` or `iam:GetOpenIDConnectProvider` is not allowed or fails.
    pub async fn oidc_providers(&self) -> Result<Observation, Failure> {
        Ok(Observation {
            objects: iam::oidc_providers(&self.config).await?,
            complete: vec![Listed::account("oidc_provider", &self.id)],
        })
    }
}

impl Region<'_> {
    /// Name, such as `eu-west-1`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The EKS clusters.
    ///
    /// # Errors
    /// When `eks:ListClusters` or `eks:DescribeCluster` is not allowed or fails.
    pub async fn clusters(&self) -> Result<Observation, Failure> {
        let clusters = eks::clusters(&self.config, &self.arn("eks", "")).await?;
        Ok(self.all("cluster", clusters.into_iter().map(Object::Cluster).collect()))
    }

    /// The Pod Identity associations of one of its clusters.
    ///
    /// # Errors
    /// When `eks:ListPodIdentityAssociations` or `eks:DescribePodIdentityAssociation` is not allowed or fails.
    pub async fn associations(&self, cluster: &Cluster) -> Result<Observation, Failure> {
        let associations = eks::associations(&self.config, cluster).await?;
        Ok(Observation {
            objects: associations.into_iter().map(Object::Association).collect(),
            complete: vec![Listed::cluster("association", &cluster.arn)],
        })
    }

    /// The EC2 instances that are not terminated.
    ///
    /// # Errors
    /// When `ec2:DescribeInstances` is not allowed or fails.
    pub async fn instances(&self) -> Result<Observation, Failure> {
        self.described(&ec2::INSTANCES, "instance").await
    }

    /// The VPC endpoints.
    ///
    /// # Errors
    /// When `ec2:DescribeVpcEndpoints` is not allowed or fails.
    pub async fn vpc_endpoints(&self) -> Result<Observation, Failure> {
        self.described(&ec2::ENDPOINTS, "vpc_endpoint").await
    }

    /// The NAT gateways.
    ///
    /// # Errors
    /// When `ec2:DescribeNatGateways` is not allowed or fails.
    pub async fn nat_gateways(&self) -> Result<Observation, Failure> {
        self.described(&ec2::GATEWAYS, "nat_gateway").await
    }

    async fn described(&self, query: &Query, kind: &'static str) -> Result<Observation, Failure> {
        let mut objects = ec2::described(&self.config, query).await?;
        objects.iter_mut().for_each(|object| self.place(object));
        Ok(self.all(kind, objects))
    }

    /// Where it was asked for is where it is: not every answer tells, and an endpoint's service may be elsewhere.
    fn place(&self, object: &mut Object) {
        let (account, region) = match object {
            Object::Instance(it) => (&mut it.account, &mut it.region),
            Object::VpcEndpoint(it) => (&mut it.account, &mut it.region),
            Object::NatGateway(it) => (&mut it.account, &mut it.region),
            _ => return,
        };
        *account = Some(self.account.id.clone());
        *region = Some(self.name.clone());
    }

    fn all(&self, kind: &'static str, objects: Vec<Object>) -> Observation {
        Observation {
            objects,
            complete: vec![Listed::region(kind, &self.account.id, &self.name)],
        }
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        let (partition, account) = (partition(&self.name), &self.account.id);
        format!("arn:{partition}:{service}:{}:{account}:{resource}", self.name)
    }
}

fn no_credentials() -> Failure {
    Failure {
        code: None,
        message: NO_CREDENTIALS.to_owned(),
        missing: false,
        region: None,
    }
}

/// Why there are no credentials: where a role is named, most often because it must not be assumed.
fn unassumed(access: &Access, error: &(dyn std::error::Error + 'static)) -> Failure {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let message = match &access.role_arn {
        Some(role) => format!(
            "`{role}` cannot be assumed: {cause}: allow `sts:AssumeRole` on it, and these credentials in its trust policy"
        ),
        None => format!("{NO_CREDENTIALS}: {cause}"),
    };
    Failure {
        message,
        ..no_credentials()
    }
}

"""Makes in an account of moto what `podtrail inventory live` looks for, or terminates an instance of it.

    make_estate.py ENDPOINT REGION ACCOUNT make NAME       prints what was made, as JSON
    make_estate.py ENDPOINT REGION ACCOUNT terminate ID
"""

import json
import sys

import boto3


def trust(principal):
    statement = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(action):
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make(client, name):
    iam, ec2, eks = client("iam"), client("ec2"), client("eks")
    role = iam.create_role(
        RoleName=f"{name}-cart", Path="/team/", AssumeRolePolicyDocument=trust({"Service": "pods.eks.amazonaws.com"})
    )["Role"]
    policy = iam.create_policy(PolicyName=f"{name}-read", PolicyDocument=allow("s3:GetObject"))["Policy"]
    iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=policy["Arn"])
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="inline", PolicyDocument=allow("sqs:SendMessage"))
    iam.create_instance_profile(InstanceProfileName=f"{name}-node")
    iam.add_role_to_instance_profile(InstanceProfileName=f"{name}-node", RoleName=role["RoleName"])
    iam.create_open_id_connect_provider(
        Url="https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF",
        ClientIDList=["sts.amazonaws.com"],
        ThumbprintList=["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
    )
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
    service = f"com.amazonaws.{ec2.meta.region_name}.s3"
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service)["VpcEndpoint"]["VpcEndpointId"]
    image = ec2.describe_images(Owners=["amazon"], MaxResults=5)["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]["InstanceId"]
    cluster = eks.create_cluster(
        name=name, roleArn=role["Arn"].replace("/team/", "/"), resourcesVpcConfig={"subnetIds": [subnet]}
    )["cluster"]
    return {
        "cluster_arn": cluster["arn"],
        "role_arn": role["Arn"],
        "vpc": vpc,
        "endpoint": endpoint,
        "instance": instance,
    }


def main():
    endpoint, region, account, what, name = sys.argv[1:]
    place = {"endpoint_url": endpoint, "region_name": region}
    # moto takes the account from the role whose session the credentials are.
    sts = boto3.client("sts", aws_access_key_id="testing", aws_secret_access_key="testing", **place)
    role = f"arn:aws:iam::{account}:role/maker"
    issued = sts.assume_role(RoleArn=role, RoleSessionName="maker")["Credentials"]
    session = boto3.Session(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])
    client = lambda service: session.client(service, **place)
    if what == "terminate":
        client("ec2").terminate_instances(InstanceIds=[name])
    else:
        print(json.dumps(make(client, name)))


main()

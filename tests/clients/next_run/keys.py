"""KMS keys, with and without tags, with and without an alias."""

from common import client, tags, this_build

kms = client("kms")


def use(key, by):
    """Uses a key by the name that is given."""
    kms.describe_key(KeyId=by)
    sealed = kms.encrypt(KeyId=by, Plaintext=b"one")["CiphertextBlob"]
    assert kms.decrypt(KeyId=by, CiphertextBlob=sealed)["Plaintext"] == b"one"
    kms.generate_data_key(KeyId=by, KeySpec="AES_256")
    kms.enable_key_rotation(KeyId=key)
    kms.get_key_rotation_status(KeyId=key)
    grant = kms.create_grant(KeyId=key, GranteePrincipal="arn:aws:iam::123456789012:role/reader", Operations=["Decrypt"])
    kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
    return sealed


def make(**more):
    return kms.create_key(**more)["KeyMetadata"]


held = make(Tags=tags("TagKey", "TagValue", build=this_build()), Description="with tags and alias")
plain = make(Description="with neither")
tagged = make(Tags=tags("TagKey", "TagValue"), Description="with tags")
named = make(Description="with an alias")

kms.create_alias(AliasName="alias/shop", TargetKeyId=held["KeyId"])
kms.create_alias(AliasName="alias/named", TargetKeyId=named["KeyId"])
sealed = use(held["KeyId"], "alias/shop")
use(plain["KeyId"], plain["KeyId"])
use(tagged["KeyId"], tagged["Arn"])
use(named["KeyId"], named["KeyId"])
kms.re_encrypt(CiphertextBlob=sealed, SourceKeyId=held["KeyId"], DestinationKeyId=plain["KeyId"])
kms.update_alias(AliasName="alias/named", TargetKeyId=plain["KeyId"])
kms.tag_resource(KeyId=plain["KeyId"], Tags=tags("TagKey", "TagValue"))
kms.list_resource_tags(KeyId=plain["KeyId"])
kms.list_aliases()

kms.delete_alias(AliasName="alias/shop")
kms.delete_alias(AliasName="alias/named")
for key in (held, plain, tagged, named):
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)

// The AWS SDK for Go v2, refused: prints the code, the status and whether the sentence came with it. The endpoint is the environment's;
// Debian's release does not read it itself.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

var attempts int

func refused(call string, err error) {
	var api smithy.APIError
	var response *awshttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &response) {
		fmt.Println(call, "should have been refused:", err)
		os.Exit(1)
	}
	said := "silent"
	if strings.Contains(api.ErrorMessage(), "is not authorized to perform") {
		said = "said"
	}
	fmt.Println(call, api.ErrorCode(), response.HTTPStatusCode(), said, attempts)
	attempts = 0
}

// count counts what is sent, each attempt by itself.
func count(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("count", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		attempts++
		return next.HandleDeserialize(ctx, in)
	}), middleware.Before)
}

func main() {
	ctx := context.Background()
	options := []func(*config.LoadOptions) error{config.WithAPIOptions([]func(*middleware.Stack) error{count})}
	endpoint := os.Getenv("AWS_ENDPOINT_URL")
	if endpoint != "" {
		resolver := func(service, region string, _ ...interface{}) (aws.Endpoint, error) {
			return aws.Endpoint{URL: endpoint, SigningRegion: region, HostnameImmutable: true}, nil
		}
		options = append(options, config.WithEndpointResolverWithOptions(aws.EndpointResolverWithOptionsFunc(resolver)))
	}
	settings, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}

	_, err = dynamodb.NewFromConfig(settings).ListTables(ctx, &dynamodb.ListTablesInput{})
	refused("dynamodb ListTables", err)
	_, err = kms.NewFromConfig(settings).ListKeys(ctx, &kms.ListKeysInput{})
	refused("kms ListKeys", err)
	_, err = iam.NewFromConfig(settings).ListUsers(ctx, &iam.ListUsersInput{})
	refused("iam ListUsers", err)
	_, err = sns.NewFromConfig(settings).ListTopics(ctx, &sns.ListTopicsInput{})
	refused("sns ListTopics", err)
	_, err = ec2.NewFromConfig(settings).DescribeVpcs(ctx, &ec2.DescribeVpcsInput{})
	refused("ec2 DescribeVpcs", err)
	_, err = lambda.NewFromConfig(settings).ListFunctions(ctx, &lambda.ListFunctionsInput{})
	refused("lambda ListFunctions", err)
	_, err = route53.NewFromConfig(settings).ListHostedZones(ctx, &route53.ListHostedZonesInput{})
	refused("route53 ListHostedZones", err)
	store := s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = endpoint != "" })
	bucket, key := aws.String("media"), aws.String("film")
	_, err = store.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key})
	refused("s3 GetObject", err)
	body := bytes.NewReader(make([]byte, 100000))
	_, err = store.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, Body: body})
	refused("s3 PutObject", err)
	_, err = store.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: key})
	refused("s3 HeadObject", err)
	_, err = store.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: bucket})
	refused("s3 HeadBucket", err)
}

# Calls that AWS's SDK for Perl (Paws) would make, signed by hand (Signature Version 4) and sent with the two clients that it can have.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
use strict;
use warnings;
use Digest::SHA qw(sha256_hex hmac_sha256 hmac_sha256_hex);
use HTTP::Tiny;
use LWP::UserAgent;
use POSIX qw(strftime);

sub call {
    my ($client, $service, $method, $url, $headers, $body) = @_;
    my ($host, $path) = $url =~ m{^https://([^/]+)(/.*)$};
    my $time = strftime('%Y%m%dT%H%M%SZ', gmtime);
    my %headers = (%$headers, 'x-amz-date' => $time, 'x-amz-content-sha256' => sha256_hex($body));
    my %signed = (%headers, host => $host);
    my $names = join ';', sort keys %signed;
    my $canonical = "$method\n$path\n\n" . join('', map { "$_:$signed{$_}\n" } sort keys %signed) . "\n$names\n" . sha256_hex($body);
    my $scope = substr($time, 0, 8) . "/eu-west-1/$service/aws4_request";
    my $signing = "AWS4$ENV{AWS_SECRET_ACCESS_KEY}";
    $signing = hmac_sha256($_, $signing) for split m{/}, $scope;
    my $signature = hmac_sha256_hex("AWS4-HMAC-SHA256\n$time\n$scope\n" . sha256_hex($canonical), $signing);
    $headers{Authorization} =
        "AWS4-HMAC-SHA256 Credential=$ENV{AWS_ACCESS_KEY_ID}/$scope, SignedHeaders=$names, Signature=$signature";
    my $status;
    if ($client eq 'LWP') {
        my $answer = LWP::UserAgent->new->request(HTTP::Request->new($method, $url, [%headers], $body));
        $status = $answer->code . ($answer->is_success ? '' : ' ' . $answer->message);
    } else {
        my $answer = HTTP::Tiny->new(verify_SSL => 1)->request($method, $url, { headers => \%headers, content => $body });
        $status = $answer->{status} . ($answer->{success} ? '' : " $answer->{content}");
    }
    print "$client $service $method $status\n";
}

my $place = '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>';
for my $client ('LWP', 'Tiny') {
    my $bucket = 'https://from-perl-' . lc($client) . '.s3.eu-west-1.amazonaws.com';
    call($client, 's3', 'PUT', "$bucket/", { 'content-type' => 'application/xml' }, $place);
    call($client, 's3', 'PUT', "$bucket/reports/one", { 'content-type' => 'text/plain' }, 'hello');
}

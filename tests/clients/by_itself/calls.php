<?php
// Calls that AWS's SDK for PHP would make, signed by hand (Signature Version 4) and sent with PHP's curl, as the SDK's Guzzle does.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

function call(string $service, string $method, string $url, array $headers, string $body): void {
    [$key, $secret] = [getenv('AWS_ACCESS_KEY_ID'), getenv('AWS_SECRET_ACCESS_KEY')];
    $time = gmdate('Ymd\THis\Z');
    $headers += ['x-amz-date' => $time, 'x-amz-content-sha256' => hash('sha256', $body)];
    $signed = $headers + ['host' => parse_url($url, PHP_URL_HOST)];
    ksort($signed);
    $canonical = $method . "\n" . parse_url($url, PHP_URL_PATH) . "\n\n";
    foreach ($signed as $name => $value) $canonical .= "$name:$value\n";
    $names = implode(';', array_keys($signed));
    $canonical .= "\n$names\n" . hash('sha256', $body);
    $scope = substr($time, 0, 8) . "/eu-west-1/$service/aws4_request";
    $signing = "AWS4$secret";
    foreach (explode('/', $scope) as $part) $signing = hash_hmac('sha256', $part, $signing, true);
    $signature = hash_hmac('sha256', "AWS4-HMAC-SHA256\n$time\n$scope\n" . hash('sha256', $canonical), $signing);
    $headers['Authorization'] = "AWS4-HMAC-SHA256 Credential=$key/$scope, SignedHeaders=$names, Signature=$signature";

    $curl = curl_init($url);
    curl_setopt_array($curl, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_POSTFIELDS => $body,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_HTTPHEADER => array_map(fn($name) => "$name: $headers[$name]", array_keys($headers)),
    ]);
    curl_exec($curl);
    echo "$service $method ", curl_getinfo($curl, CURLINFO_HTTP_CODE), ' ', curl_error($curl), "\n";
}

$place = '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>';
call('s3', 'PUT', 'https://from-php.s3.eu-west-1.amazonaws.com/', ['content-type' => 'application/xml'], $place);
call('s3', 'PUT', 'https://from-php.s3.eu-west-1.amazonaws.com/reports/one', ['content-type' => 'text/plain'], 'hello');
call('dynamodb', 'POST', 'https://dynamodb.eu-west-1.amazonaws.com/',
    ['x-amz-target' => 'DynamoDB_20120810.ListTables', 'content-type' => 'application/x-amz-json-1.0'], '{}');
// What the user's own settings say stays.
echo 'memory ', ini_get('memory_limit'), ' streams ', ini_get('openssl.cafile') === getenv('AWS_CA_BUNDLE') ? 'trust' : 'do not', "\n";

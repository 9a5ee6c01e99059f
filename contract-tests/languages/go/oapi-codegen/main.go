// Prints the line items of an export, read with the client of oapi-codegen.
package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path"
	"regexp"
	"strconv"
	"time"
)

// An amount without a value is an empty string, which is no number.
var missing = regexp.MustCompile(`:\s*""`)

func main() {
	ctx := context.Background()
	token := WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer any")
		return nil
	})
	client, err := NewClientWithResponses(os.Args[1], token)
	check(err)

	request := UnbilledUsageExportRequest{CurrencyCode: "USD", BillingPeriod: Last}
	accepted, err := client.ExportUnbilledUsageWithResponse(ctx, nil, request)
	check(err)
	operationID := path.Base(accepted.HTTPResponse.Header.Get("Location"))
	var succeeded ExportSuccessOperation
	for succeeded.Id == "" {
		answer, err := client.GetOperationWithResponse(ctx, operationID, nil)
		check(err)
		operation, err := answer.JSON200.ValueByDiscriminator()
		check(err)
		switch operation := operation.(type) {
		case RunningOperation:
			seconds, _ := strconv.Atoi(answer.HTTPResponse.Header.Get("Retry-After"))
			time.Sleep(time.Duration(seconds) * time.Second)
		case ExportSuccessOperation:
			succeeded = operation
		default:
			panic(operation)
		}
	}
	manifest := succeeded.ResourceLocation
	if manifest == nil {
		answer, err := client.GetManifestWithResponse(ctx, path.Base(*succeeded.ResourceLocationOdataNavigationLink), nil)
		check(err)
		manifest = answer.JSON200
	}
	for _, blob := range manifest.Blobs {
		readBlob(manifest.RootDirectory + "/" + blob.Name + "?" + manifest.SasToken)
	}
}

func readBlob(url string) {
	stored, err := http.Get(url)
	check(err)
	defer stored.Body.Close()
	content, err := gzip.NewReader(stored.Body)
	check(err)
	lines := bufio.NewScanner(content)
	lines.Buffer(nil, 10_000_000)
	for lines.Scan() {
		var item UsageLineItem
		check(json.Unmarshal(missing.ReplaceAll(lines.Bytes(), []byte(`:null`)), &item))
		text, err := json.Marshal(item)
		check(err)
		fmt.Println(string(text))
	}
	check(lines.Err())
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

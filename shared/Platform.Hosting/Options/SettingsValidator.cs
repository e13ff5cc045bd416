using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace Platform.Hosting;

/// <summary>Turns each broken rule of an options record into one line with key, value and what is allowed.</summary>
internal sealed class SettingsValidator<T>(string section) : IValidateOptions<T>
    where T : class
{
    public ValidateOptionsResult Validate(string? name, T options)
    {
        var broken = new List<ValidationResult>();
        return Validator.TryValidateObject(options, new ValidationContext(options), broken, validateAllProperties: true)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(broken.Select(result => Describe(options, result)));
    }

    private string Describe(T options, ValidationResult result)
    {
        if (result.MemberNames.FirstOrDefault() is not { } member)
            return $"{section}: {result.ErrorMessage}";

        var property = typeof(T).GetProperty(member)!;
        var key = $"{section}:{member} (environment variable {section.Replace(":", "__", StringComparison.Ordinal)}__{member})";
        var value = property.GetValue(options);
        if (value is null or "")
            return $"{key} is missing: {result.ErrorMessage}";

        return property.GetCustomAttribute<SecretAttribute>() is null
            ? $"{key} is '{value}': {result.ErrorMessage}"
            : $"{key} (value not shown): {result.ErrorMessage}";
    }
}
